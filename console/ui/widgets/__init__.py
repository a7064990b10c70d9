"""The console's own widgets: themed, plain text only, named for screen readers, reachable by keyboard."""
