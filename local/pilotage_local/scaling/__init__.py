"""Application Auto Scaling: what is asked for (`store`), and what follows from metrics (`following`)."""
