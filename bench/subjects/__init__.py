"""What is measured: a module per subject, found by its name; see `bench.harness`."""
