"""Pages of accounts: signing in, the person's own pages, the administrator's pages."""
