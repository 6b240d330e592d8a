"""Words out of n-gram statistics, by minimum entropy."""
