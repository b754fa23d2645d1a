function process(data)
  Info(data.event_type)
end
