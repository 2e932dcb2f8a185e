"""The cryptography of a region, nearly all of it through pyca/cryptography."""
