"""CloudWatch's arithmetic: metric math, the series of a query, and what an alarm makes of them. Pure."""
