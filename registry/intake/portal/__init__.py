"""The National Public Service Portal's JSON, turned into canonical procedures and announcements."""
