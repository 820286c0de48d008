"""The EKS stack on the engine and the AWS provider, against an AWS on loopback."""
