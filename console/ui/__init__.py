"""The window: everything that speaks Qt. It imports services and policy's words, never the store."""
