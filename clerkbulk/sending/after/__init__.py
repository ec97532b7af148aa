"""After the calls: the results, and taking back, reminding and forgetting."""
