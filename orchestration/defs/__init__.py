"""One module per stage; each returns definitions and holds no logic of its stage."""
