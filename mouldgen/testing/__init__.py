"""What tests, benchmarks and ``mouldgen demo`` run on: specimens made in memory, with truths by formula."""
