"""The audit log: who did what, written with what was done."""
