"""An AWS on loopback to run the EKS stack against: our reading of AWS, strict where AWS is strict."""
