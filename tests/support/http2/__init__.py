"""HTTP/2 frame by frame, for behaviour that no gRPC client has."""
