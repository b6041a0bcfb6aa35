"""What the command answers: values as lines, tables or JSON, data against laws, networks."""
