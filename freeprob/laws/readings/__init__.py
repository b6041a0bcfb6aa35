"""The questions every law answers, as methods: they only ask the folders above."""
