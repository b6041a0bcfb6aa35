"""Operations on laws: laws in, law out."""
