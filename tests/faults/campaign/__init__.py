"""A campaign of faults against real regions under load. `make faults` runs it; docs/faults.md says what it shows."""
