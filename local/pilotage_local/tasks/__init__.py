"""Who runs the embedded ECS's tasks: `docker_tasks` with real containers, `simulated` where no engine answers."""
