"""The screens and their parts. They import services and policy's words, never the store."""
