"""plangate runs an organisation's implementation plan as a gated state machine."""
