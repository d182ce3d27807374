"""What intake does to the outside: sends to the gate's topic, publishes partners, empties native doors."""
