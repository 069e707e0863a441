"""Who can reach which servers, and with what proof: pure decisions on declared resources, without Pulumi, clock or disk."""
