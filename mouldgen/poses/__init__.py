"""The search for the pose: which cut normal and which base side serve best, and why."""
