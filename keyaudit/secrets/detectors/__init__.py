"""What finds secrets: one module for each detector."""
