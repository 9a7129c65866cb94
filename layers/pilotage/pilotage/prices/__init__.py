"""What AWS asks for capacity: a dated table, the months that are reckoned with it, and how it is renewed."""
