"""Operations on laws, each with all its facts."""
