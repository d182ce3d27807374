"""What the desk decides by itself: which rows follow from an event, who may see what, which acts a state allows."""
