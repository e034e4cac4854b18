"""The model registry as MLflow's registry: `MLFLOW_REGISTRY_URI=modelreg://host:50051/namespace`.

MLflow finds the plugin by its entry points; programs import nothing from here.
"""
