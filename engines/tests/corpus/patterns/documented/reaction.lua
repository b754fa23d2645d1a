--[[
  Incident response

  Purpose: containment and evidence. `Error handling`: graceful.
  - Target time: < 2 seconds
]]

--- @param data table the event
function process(data)
  -- Implementation follows the specification.
  implement(data)
end

--[==[ The work; [[brackets]] stand in it. ]==]
function implement(data)
  Info('documented')
end
