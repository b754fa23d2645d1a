for key in b ä B 🦀 a A ''; do DataSet "$key" 1; done
Info "$(DataKeys)"
