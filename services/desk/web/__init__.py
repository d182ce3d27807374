"""The pages: server-rendered, in Chinese and English, without need of JavaScript."""
