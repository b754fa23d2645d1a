function process(data)
  Info(os.date())
  Info(os.date('%x %X %Z %%c'))
end
