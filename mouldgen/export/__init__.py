"""Writers of the case folder, and the check that reads it again."""
