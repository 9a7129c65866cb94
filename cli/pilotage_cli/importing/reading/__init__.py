"""From the text of a file to a task definition and a service in ECS's own words. Pure: text in, documents out."""
