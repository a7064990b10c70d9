"""The few charts of the console, drawn with QPainter: each can be asked by mouse and keyboard, and has a table twin."""
