"""What every stage shares: the model, selections, the catalogue, clocks, counters, errors."""
