"""The long trials: `./run trial`. What they show takes minutes, so that `./run test` leaves them out."""
