function process(data) {
  const flow = data.flow;
  Info(flow.properties.egress + ' ' + ('properties' in flow));
  Info(flow.settings.direction + ' ' + ('settings' in flow));
  Info(Object.keys(flow).includes('properties') || Object.keys(flow).includes('settings'));
  Info(Object.keys(data.background).includes('flow_list'));
}
