"""The public surface: WebSocket, SSE, REST, metrics and the dashboard's files."""
