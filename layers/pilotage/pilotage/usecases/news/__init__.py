"""What others are told: cards in chats, answers, Deployments at GitHub, signed webhooks, and lists on demand."""
