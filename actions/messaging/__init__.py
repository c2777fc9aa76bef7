"""How people are reached: mail, chats, and what they read."""
