"""Measurements, not tests: variants interleaved in one run, several repetitions, ratios inside a repetition."""
