"""The pages of the fee desk: check, form, query, respond."""
