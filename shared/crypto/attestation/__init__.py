"""Attestation documents: what AWS Nitro Enclaves and NitroTPM say of the code that asks, under a trusted root.

Owns their verification, and nothing of what follows from it. Source: "Nitro Enclaves Attestation Process" in
aws/aws-nitro-enclaves-nsm-api, and "Validate a NitroTPM Attestation Document" in the user guide of Amazon EC2.
"""
