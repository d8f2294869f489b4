"""How records come in: read → clean → check → compare → apply, one file a format."""
