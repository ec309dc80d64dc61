"""Django's PostgreSQL backend, plus a PostgreSQL of our own when settings name no other."""
