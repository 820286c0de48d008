"""The production cluster: VPC, EKS, node groups, add-ons and access, by pulumi-aws."""
