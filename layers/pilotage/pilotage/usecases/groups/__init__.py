"""Several services from one image: the plan of the whole, its members' releases, and what they come to."""
