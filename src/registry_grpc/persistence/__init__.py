"""The facts in SQL: SQLite and PostgreSQL behind `registry_grpc.services.ports.database`."""
