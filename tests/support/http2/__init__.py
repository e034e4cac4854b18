"""HTTP/2 frame by frame, for what no gRPC client would do."""
