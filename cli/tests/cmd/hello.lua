function process(data) Info("hello from " .. name .. " about " .. data.event_type) KillCurrent() end
