"""What computing habitats leaves behind: label map, maps, table, document and pictures."""
